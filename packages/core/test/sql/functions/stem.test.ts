import { describe, expect, test } from 'vitest'
import { stemWord } from '../../../src/sql/functions/stem/index.ts'

const pairs = (text: string): (readonly [string, string])[] =>
  text.split(' ').map((pair) => pair.split('=') as unknown as readonly [string, string])

describe('English', () => {
  test.each(
    pairs(
      'a=a by=by running=run runs=run hopping=hop hoping=hope hoped=hope agreed=agre feed=feed plastered=plaster ponies=poni ties=tie cries=cri ' +
        'horses=hors gas=gas this=this kiwis=kiwi dying=die skies=sky news=news inning=inning outings=outing succeeding=succeed generously=generous ' +
        'communism=communism happily=happili happy=happi say=say yellow=yellow boyish=boyish relational=relat conditional=condit rational=ration ' +
        'digitizer=digit conformably=conform vietnamization=vietnam operator=oper decisiveness=decis callousness=callous sensibility=sensibl ' +
        'triplicate=triplic electrical=electr goodness=good formative=format revival=reviv allowance=allow airliner=airlin adjustment=adjust ' +
        'replacement=replac adoption=adopt activate=activ effective=effect controlled=control rolling=roll rate=rate cease=ceas general=general ' +
        'organization=organ analogously=analog apologies=apolog sky=sky exceedingly=exceed',
    ),
  )('%s', (word, stem) => {
    expect(stemWord(word, 'en')).toBe(stem)
  })
})

describe('Portuguese', () => {
  test.each(
    pairs(
      'ferramentas=ferrament nações=naçõ organização=organiz importâncias=importânc amáveis=amáv possível=possível psicologias=psicolog existência=existent ' +
        'cidades=cidad ativo=ativ partindo=part falaram=fal falarão=fal vender=vend livros=livr animais=anim irmãos=irmã felizmente=feliz português=português ' +
        'quilômetros=quilômetr primeira=primeir rapidamente=rapid boates=boat cantaríamos=cant',
    ),
  )('%s', (word, stem) => {
    expect(stemWord(word, 'pt')).toBe(stem)
  })
})

test('a language of Trino without a stemmer here is not called unknown', () => {
  expect(() => stemWord('mots', 'fr')).toThrow('TRINO:NOT_SUPPORTED:word_stem of language fr is not supported')
  expect(() => stemWord('a', 'xx')).toThrow('TRINO:INVALID_FUNCTION_ARGUMENT:Unknown stemmer language: xx')
})

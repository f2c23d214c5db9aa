// Compiles packages/core/assembly to WebAssembly, which lies in the sources as text: `node scripts/assembly.mjs`. A test fails when it is not
// what the compiler makes of them.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Sources below packages/core, with what manages their memory, and the modules that hold what is made of them. */
export const modules = [
  { source: 'assembly/plain-reader.ts', runtime: 'stub', target: 'src/events/plain-wasm.ts', name: 'plainWasm' },
  { source: 'assembly/columns.ts', runtime: 'minimal', target: 'src/parquet/columns-wasm.ts', name: 'columnsWasm' },
]

/** The text of the module that holds what the compiler makes of a source. @throws Error with the compiler's words */
export async function compile({ source, runtime, name }) {
  let binary
  const options = ['--runtime', runtime, '--enable', 'simd', '-O3', '--converge', '--use', 'abort=']
  const { error, stderr } = await asc.main(
    [`packages/core/${source}`, ...options, '--outFile', 'out.wasm', '--baseDir', root],
    {
      writeFile: (_file, contents) => {
        binary = contents
      },
    },
  )
  if (error) throw new Error(`${stderr}`, { cause: error })
  return `// Made by scripts/assembly.mjs from ${source}, with what AssemblyScript (Apache-2.0) adds to it.\nexport const ${name} =\n  '${Buffer.from(binary).toString('base64')}'\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of modules) writeFileSync(`${root}/packages/core/${module.target}`, await compile(module))
}

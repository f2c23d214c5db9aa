import { searchSamples } from '../../samples/search.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { required } from '../shape.ts'
import { nextToken, pageSize } from '../shapes.ts'
import { authorize } from '../stores.ts'

const PAGE = 10

const searchSampleQueries = operation({
  name: 'SearchSampleQueries',
  input: {
    SearchPhrase: required({ kind: 'string', min: 2, max: 1000, pattern: /[ -~\n]*/ }),
    MaxResults: pageSize(50),
    NextToken: nextToken,
  },
  errors: ['InvalidParameterException', 'UnsupportedOperationException', 'OperationNotPermittedException'],
  note: 'A catalogue of our own, found by words.',
  async run(input, call) {
    authorize(call, 'SearchSampleQueries')
    const found = searchSamples(input.SearchPhrase)
    const { items, next } = pageOf(
      'SearchSampleQueries',
      input,
      found,
      input.MaxResults ?? PAGE,
      'InvalidParameterException',
    )
    return {
      SearchResults: items.map(({ name, description, sql, relevance }) => ({
        Name: name,
        Description: description,
        SQL: sql,
        Relevance: relevance,
      })),
      ...next,
    }
  },
})

export const sampleQueryOperations = [searchSampleQueries]

/** A statement as REST requests name it. */
export interface StatementRequest {
  readonly statement: string
  /** Stores that `$NAME` stand for. */
  readonly placeholders?: Readonly<Record<string, string>>
}

const members = {
  statement: { type: 'string', minLength: 1, description: 'one query in Lake SQL' },
  placeholders: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'the stores that $NAME stand for, by name',
  },
} as const

/** The schema of a request about one statement. @param more members that this request has besides */
export function statementSchema<const M extends object>(more: M) {
  return {
    type: 'object',
    required: ['statement'],
    additionalProperties: false,
    properties: { ...members, ...more },
  } as const
}

/** The member `placeholders`, where there are any. */
export function placeholdersOf({ placeholders }: StatementRequest): Pick<StatementRequest, 'placeholders'> {
  return placeholders ? { placeholders } : {}
}

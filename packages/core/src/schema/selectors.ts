/** One field condition of an advanced event selector, in AWS's spelling. */
export interface AdvancedFieldSelector {
  readonly Field: string
  readonly Equals?: readonly string[]
  readonly StartsWith?: readonly string[]
  readonly EndsWith?: readonly string[]
  readonly NotEquals?: readonly string[]
  readonly NotStartsWith?: readonly string[]
  readonly NotEndsWith?: readonly string[]
}

export interface AdvancedEventSelector {
  readonly Name?: string
  readonly FieldSelectors: readonly AdvancedFieldSelector[]
}

/** A trail's basic event selector, in AWS's spelling. Defaults: `All`, management events included, nothing excluded. */
export interface BasicEventSelector {
  readonly ReadWriteType?: 'All' | 'ReadOnly' | 'WriteOnly'
  readonly IncludeManagementEvents?: boolean
  readonly DataResources?: readonly { readonly Type: string; readonly Values: readonly string[] }[]
  readonly ExcludeManagementEventSources?: readonly string[]
}

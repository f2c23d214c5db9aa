import { type LayoutName, layoutOfCategory, layouts } from '../schema/index.ts'
import type { AdvancedEventSelector, AdvancedFieldSelector } from '../schema/selectors.ts'
import type { SelectableEvent } from './selectable.ts'

/** What CloudTrail gives a store that is created without selectors. */
export const AWS_DEFAULT_SELECTORS: readonly AdvancedEventSelector[] = [
  { Name: 'Default management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
]

/** What a store of the library or the command line keeps when nothing is said: every event of the CloudTrail layout. */
export const ALL_EVENTS_SELECTORS: readonly AdvancedEventSelector[] = layouts.events.categories.map((category) => ({
  Name: `All ${category} events`,
  FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }],
}))

/** Decides whether an event matches. */
export type EventFilter = (event: SelectableEvent) => boolean

/**
 * The filter of a list of advanced event selectors that has been checked (`checkAdvancedSelectors`).
 *
 * An event matches when it matches at least one selector, a selector when all of its field selectors match. A missing value
 * fails every select operator and passes every deselect operator.
 */
export function advancedFilter(selectors: readonly AdvancedEventSelector[]): EventFilter {
  const filters = selectors.map(selectorFilter)
  return (event) => filters.some((matches) => matches(event))
}

/** The layout of the table that holds what the selectors choose. They have been checked: all name categories of one layout. */
export function layoutOfSelectors(selectors: readonly AdvancedEventSelector[]): LayoutName {
  const category = selectors[0] === undefined ? undefined : categoryOfSelector(selectors[0])
  return (category === undefined ? undefined : layoutOfCategory(category)) ?? 'events'
}

/** The one category that a selector names. */
export function categoryOfSelector(selector: AdvancedEventSelector): string | undefined {
  return selector.FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals?.[0]
}

function selectorFilter({ FieldSelectors: all }: AdvancedEventSelector): EventFilter {
  const categories = all.filter(({ Field }) => Field === 'eventCategory')
  const ofResource = all.filter(({ Field }) => Field.startsWith('resources.'))
  const others = all.filter((field) => !categories.includes(field) && !ofResource.includes(field))
  return (event) =>
    // The category is known without reading the record, so it is asked first.
    categories.every((field) => fieldMatches(event.category, field)) &&
    others.every((field) => fieldMatches(event.text(field.Field), field)) &&
    (ofResource.length === 0 || hasMatchingResource(event, ofResource))
}

/** Type and ARN have to hold for one and the same resource: an event can name several. */
function hasMatchingResource(event: SelectableEvent, fields: readonly AdvancedFieldSelector[]): boolean {
  return event.resources.some(({ type, arn }) =>
    fields.every((field) => fieldMatches(field.Field === 'resources.type' ? type : arn, field)),
  )
}

function fieldMatches(value: string | undefined, field: AdvancedFieldSelector): boolean {
  const { Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith } = field
  const isSelected =
    (Equals === undefined && StartsWith === undefined && EndsWith === undefined) ||
    matchesAny(value, Equals, StartsWith, EndsWith)
  return isSelected && !matchesAny(value, NotEquals, NotStartsWith, NotEndsWith)
}

function matchesAny(
  value: string | undefined,
  equals: readonly string[] = [],
  starts: readonly string[] = [],
  ends: readonly string[] = [],
): boolean {
  if (value === undefined) return false
  return (
    equals.includes(value) ||
    starts.some((prefix) => value.startsWith(prefix)) ||
    ends.some((suffix) => value.endsWith(suffix))
  )
}

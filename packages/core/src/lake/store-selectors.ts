import { TraillakeError } from '../errors/index.ts'
import { type LayoutName, layoutOfCategory, layouts } from '../schema/index.ts'
import type { AdvancedEventSelector } from './types.ts'

/** What a store keeps unless told otherwise: every category that shares the columns of events. */
export const defaultSelectors: readonly AdvancedEventSelector[] = layouts.events.categories.map((category) => ({
  Name: `All ${category} events`,
  FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }],
}))

/**
 * The column layout that selectors ask for; all of them must ask for the same one.
 *
 * Errors: INVALID_EVENT_SELECTORS.
 */
export function layoutOfSelectors(selectors: readonly AdvancedEventSelector[]): LayoutName {
  const invalid = (reason: string) => new TraillakeError('INVALID_EVENT_SELECTORS', { reason })
  const found = new Set<LayoutName>()
  for (const selector of selectors) {
    const category = selector.FieldSelectors.find((field) => field.Field === 'eventCategory')?.Equals?.[0]
    if (category === undefined) throw invalid('each selector needs eventCategory with one value')
    const layout = layoutOfCategory(category)
    if (layout === undefined) throw invalid(`no event data store can hold the category ${category}`)
    found.add(layout)
  }
  if (found.size === 0) throw invalid('at least one selector is needed')
  if (found.size > 1) throw invalid('the categories do not share one column layout')
  return [...found][0]!
}

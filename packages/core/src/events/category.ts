/**
 * The category of a record: its own, else derived as records before event version 1.07 need it.
 *
 * @param category the value of the column; null when the record has none
 */
export function categoryOf(category: string | null, eventType: string | null, isManagement: boolean | null): string {
  if (category !== null) return category
  if (eventType === 'AwsCloudTrailInsight') return 'Insight'
  return isManagement === false ? 'Data' : 'Management'
}

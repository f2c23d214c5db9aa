import { isTraillakeError, type TraillakeError } from '../src/errors/index.ts'

/** The error of ours that some work ends with; that it ends well, or with another one, fails the test. */
export async function failure(work: Promise<unknown>): Promise<TraillakeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isTraillakeError(error)) throw error ?? new Error('no failure')
  return error
}

import { AwsFault } from '../faults.ts'
import { operation } from '../operation.ts'
import { text, timestamp } from '../shapes.ts'
import { authorize, seconds } from '../stores.ts'

const listPublicKeys = operation({
  name: 'ListPublicKeys',
  input: { StartTime: timestamp, EndTime: timestamp, NextToken: text },
  errors: [
    'InvalidTimeRangeException',
    'UnsupportedOperationException',
    'OperationNotPermittedException',
    'InvalidTokenException',
  ],
  note: "The keys that signed delivered answers of this lake. AWS's own keys, which sign digests, are not among them.",
  async run(input, call) {
    authorize(call, 'ListPublicKeys')
    if (input.NextToken !== undefined) {
      throw new AwsFault('InvalidTokenException', 'The token is not valid: the answer has one page.')
    }
    const now = call.context.now()
    const from = (input.StartTime ?? now).toISOString()
    const to = (input.EndTime ?? now).toISOString()
    if (to < from) throw new AwsFault('InvalidTimeRangeException', 'EndTime must not be before StartTime.')
    const keys = (await call.context.signer.publicKeys()).filter((key) => key.validFrom <= to && key.validUntil >= from)
    return {
      PublicKeyList: keys.map((key) => ({
        Value: key.value,
        ValidityStartTime: seconds(key.validFrom),
        ValidityEndTime: seconds(key.validUntil),
        Fingerprint: key.fingerprint,
      })),
    }
  },
})

export const publicKeyOperations = [listPublicKeys]

#!/usr/bin/env node
import { run } from './run.ts'

// The SDK says to users which releases of it will run where; ours is pinned.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

process.exitCode = await run(process.argv.slice(2))

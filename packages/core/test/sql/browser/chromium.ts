import { existsSync } from 'node:fs'

const wellKnown = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'],
  ...['/snap/bin/chromium', '/opt/google/chrome/chrome'],
  ...[
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
]

/** The Chromium to test in: that of TRAILLAKE_CHROMIUM, else one in a usual place; undefined where there is none. */
export function findChromium(): string | undefined {
  const given = process.env.TRAILLAKE_CHROMIUM
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new Error(`TRAILLAKE_CHROMIUM names no file: ${given}`)
    return given
  }
  return wellKnown.find((path) => existsSync(path))
}

import { configureGlobal } from 'fast-check'

/*
 * Property tests draw the same cases in every run, so that a failure is one of the change at hand. `TRAILLAKE_SEED=random` draws
 * new ones, any number those of that seed; fast-check prints the seed of a failure.
 */
const wanted = process.env.TRAILLAKE_SEED ?? '20261121'
if (wanted !== 'random') configureGlobal({ seed: Number(wanted) })

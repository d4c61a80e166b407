/** How often a law is tried that takes long: `few` times by `npm test`, `many` times by `npm run test:services`. */
export const tryTimes = (few: number, many: number): number =>
  process.env.STOCKTAKE_TEST_LAWS === 'often' ? many : few

/**
 * Keys that S3 takes and that programs trip over, each once. All are under `odd names/`, but for those whose oddness is
 * how they begin.
 */
export function listOddKeys(): string[] {
  return [...NAMES.map(name => `odd names/${name}`), ...BEGINNINGS, longKey()]
}

const NAMES = [
  '', // the folder itself, as the S3 console makes one
  'empty folder/',
  'two words.txt',
  ' leading space.txt',
  'trailing space ',
  'two  spaces.txt',
  'plus+plus.txt',
  'a+b c%20d.txt',
  '100%.txt',
  '%2B is no plus.txt',
  '%zz.txt',
  'dt=2026-01-20/part.csv',
  'comma, comma.txt',
  '"quoted".txt',
  'it\'s "both", really.txt',
  '""',
  'back\\slash.txt',
  'new\nline.txt',
  'carriage\r\nreturn.txt',
  'tab\tstop.txt',
  'bell\u0007.txt',
  'question?mark=1&and=2#hash.txt',
  'semi;colon:star*pipe|.txt',
  '<angle> [square] {curly} (round).txt',
  '~tilde!bang$dollar@at^hat`tick.txt',
  'double//slash.txt',
  'triple///',
  '../up.txt',
  'a/../b.txt',
  './here.txt',
  '..',
  'Straße.txt',
  'caf\u00e9.txt', // one code point
  'cafe\u0301.txt', // two, which look the same
  '東京/写真.jpg',
  'صورة.jpg',
  '📷/🏔️.CR3',
  '\u{1f469}\u200d\u{1f52c}.txt',
  '\uffee.txt', // before the next by code points, after it by UTF-16 units
  '\u{10000}.txt',
  'non\u00a0breaking.txt',
  'null',
  'NULL',
  '-rf',
  "'; drop table objects; --",
  '=1+1',
  'UPPER.TXT',
  'upper.txt',
]

const BEGINNINGS = ['/leading slash.txt', '//two leading slashes.txt', '/', '.', '..', '0', ' ', 'no folder.txt']

/** As long as a key may be: 1,024 bytes. */
function longKey(): string {
  const start = 'odd names/long/'
  const room = 1024 - Buffer.byteLength(`${start}.json`)
  return `${start}${'ö'.repeat(room >> 1)}${room % 2 === 0 ? '' : 'o'}.json`
}

/**
 * Comments as Glue keeps them: of columns up to 255 characters, of tables up to 2,048; here in one line.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html
 */
export const columnComment = (text: string): string => oneLine(text, 255)
export const tableComment = (text: string): string => oneLine(text, 2048)

function oneLine(text: string, longest: number): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  if (line.length <= longest) return line
  const cut = line.slice(0, longest - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

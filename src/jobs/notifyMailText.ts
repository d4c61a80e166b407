import { escapeControls } from '../output/terminal.js'
import { footText, type Message, messageLines, type Notice, omittedText, summarize } from './notifyMessage.js'

/** A message as mail. */
export interface Mail {
  /** Of one line. */
  readonly subject: string
  readonly text: string
  readonly html: string
}

const SHOWN_NOTICES = 50
const SUBJECT_CHARACTERS = 150

/** HTML that loads nothing and has no links; all that comes from data is escaped. */
export function formatMail(message: Message): Mail {
  const summary = summarize(message)
  return {
    subject: cut(escapeControls(`[Stocktake] ${summary}`)),
    text: `${summary}\n\n${messageLines(message, SHOWN_NOTICES).join('\n')}\n`,
    html: formatHtml(message, summary),
  }
}

const cut = (text: string): string =>
  text.length <= SUBJECT_CHARACTERS ? text : `${[...text].slice(0, SUBJECT_CHARACTERS - 1).join('')}…`

const COLORS: Readonly<Record<Notice['severity'], string>> = { error: '#b42318', warning: '#b54708', ok: '#067647' }
const GREY = '#667085'
const FONT = "font:14px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

/** Tables and styles in attributes: what programs for mail show. */
function formatHtml(message: Message, summary: string): string {
  const more = omittedText(message, SHOWN_NOTICES)
  const rows = message.notices.slice(0, SHOWN_NOTICES).map(formatNotice)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light"><title>${escapeHtml(summary)}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#101828;${FONT}">
<table role="presentation" cellpadding="0" cellspacing="0" style="max-width:640px;width:100%;${FONT}">
<tr><td style="padding:0 0 16px;font-size:18px;font-weight:600">${escapeHtml(summary)}</td></tr>
${rows.join('\n')}
${more === undefined ? '' : `<tr><td style="padding:0 0 16px;color:${GREY}">${escapeHtml(more)}</td></tr>`}
<tr><td style="padding:12px 0 0;border-top:1px solid #eaecf0;color:${GREY};font-size:12px">${escapeHtml(footText(message))}</td></tr>
</table>
</body>
</html>
`
}

function formatNotice({ severity, title, detail, lines, command }: Notice): string {
  const parts = [
    `<div style="font-weight:600"><span style="color:${COLORS[severity]}">${severity}</span>&nbsp; ${escapeHtml(title)}</div>`,
    ...[detail, ...lines].filter(line => line !== '').map(line => `<div>${escapeHtml(line)}</div>`),
    ...(command === null
      ? []
      : [
          `<div style="font-family:Menlo,Consolas,monospace;font-size:13px;color:${GREY}">${escapeHtml(command)}</div>`,
        ]),
  ]
  const style = `padding:0 0 2px 12px;border-left:3px solid ${COLORS[severity]};overflow-wrap:anywhere`
  return `<tr><td style="${style}">${parts.join('')}</td></tr>\n<tr><td style="height:12px"></td></tr>`
}

const escapeHtml = (text: string): string =>
  escapeControls(text).replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)

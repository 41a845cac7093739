/** The text of server-sent events, taken apart. */

/** An event. */
export interface ServerEvent {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

/** Parses a stream of events. */
export async function* readEvents(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = toEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function toEvent(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^(\w*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data' && fields.has('data')) fields.set('data', `${fields.get('data')}\n${value}`);
    else if (name !== '') fields.set(name, value);
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', name: fields.get('event') ?? 'message', data };
}

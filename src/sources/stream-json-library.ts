/** The used parts of stream-json. They are loaded with the first input that needs them, as most exports have none. */

/** Loads the parts. */
export async function loadStreamJson() {
  const [{ chain }, pick, parse, streamArray, streamValues] = await Promise.all([
    import('stream-chain'),
    import('stream-json/filters/pick.js'),
    import('stream-json/parser.js'),
    import('stream-json/streamers/stream-array.js'),
    import('stream-json/streamers/stream-values.js'),
  ]);
  return {
    chain,
    pick: pick.default,
    parser: parse.default,
    streamArray: streamArray.default,
    streamValues: streamValues.default,
  };
}

/** The parts. */
export type StreamJson = Awaited<ReturnType<typeof loadStreamJson>>;

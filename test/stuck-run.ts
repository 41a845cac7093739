/** Ends a test run in which nothing happens any more, and says where it is stuck: no limit of time ends a busy loop. */
import { WebSocket } from 'undici';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { execFileSync } from './run-sync.js';

/** A process starts an inspector here on SIGUSR1, on a thread that a busy loop does not stop. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';

/** Time for one answer of a process, in milliseconds. */
const ANSWER_MS = 10_000;

/** Numbers of this process's children that are test workers. */
function workers(): readonly number[] {
  return execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], {
    encoding: 'utf8',
    timeout: ANSWER_MS,
  })
    .split('\n')
    .filter((line) => line.includes('/vitest/'))
    .map((line) => Number.parseInt(line, 10));
}

/** The address of the debugger that has just been asked for. */
async function debuggerAddress(): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const targets = JSON.parse(await (await fetch(INSPECTOR)).text());
      return targets[0].webSocketDebuggerUrl;
    } catch (cause) {
      if (attempt === 20) throw cause;
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS / 20));
    }
  }
}

/** Where a function is, by the debugger's protocol; lines count from 0. */
interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

/** The call stack of a process, stopped where it is now. A process that waits has none. */
async function stackOf(pid: number): Promise<string> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await debuggerAddress());
  try {
    return await new Promise((resolve) => {
      setTimeout(resolve, ANSWER_MS, 'waits');
      socket.addEventListener('open', () => {
        for (const [id, method] of ['Debugger.enable', 'Debugger.pause'].entries()) {
          socket.send(JSON.stringify({ id, method }));
        }
      });
      const scripts = new Map<string, string>();
      socket.addEventListener('message', ({ data }) => {
        const { method, params } = JSON.parse(String(data));
        if (method === 'Debugger.scriptParsed') scripts.set(params.scriptId, params.url);
        if (method === 'Debugger.paused') {
          resolve(
            params.callFrames
              .map(({ functionName, location }: CallFrame) => {
                return `${functionName} ${scripts.get(location.scriptId)}:${location.lineNumber + 1}`;
              })
              .join('\n    '),
          );
        }
      });
    });
  } finally {
    socket.close();
    process.kill(pid, 'SIGKILL');
  }
}

/** Watches that something happens. */
export class StuckRun implements Reporter {
  readonly #limitMs: number;
  readonly #running = new Map<TestModule, Set<string>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs time without any result after which a run is stuck; more than any test may take */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  onInit(): void {
    this.#timer = setTimeout(() => void this.#end(), this.#limitMs).unref();
  }

  onTestModuleStart(module: TestModule): void {
    this.#running.set(module, new Set());
    this.#timer?.refresh();
  }

  onTestCaseReady(test: TestCase): void {
    this.#running.get(test.module)?.add(test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    this.#running.get(test.module)?.delete(test.fullName);
    this.#timer?.refresh();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module);
    this.#timer?.refresh();
  }

  async #end(): Promise<void> {
    console.error(`\nNothing has happened for ${this.#limitMs / 60_000} minutes. Running:`);
    for (const [module, tests] of this.#running) {
      console.error([`  ${module.project.name} ${module.relativeModuleId}`, ...tests].join('\n    '));
    }
    for (const pid of workers()) console.error(`  process ${pid}\n    ${await stackOf(pid).catch(String)}`);
    process.exit(1);
  }
}

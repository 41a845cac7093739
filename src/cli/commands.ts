/** The commands, as help lists them. Only the one that runs is loaded. */
import type { Command } from 'commander';

interface CommandEntry {
  /** Path of its page in the repository. */
  readonly page: string;
  /** Its name, with options and arguments. */
  readonly term: string;
  /** What it does. */
  readonly about: string;
}

export const COMMANDS = {
  export: {
    page: 'docs/cli.md',
    term: 'export [options] [inputs...]',
    about: 'export entities: filter, limit, project, pack',
  },
  unwrap: {
    page: 'docs/cli.md',
    term: 'unwrap [options] [envelope]',
    about: 'decode the file inside an envelope',
  },
  verify: {
    page: 'docs/cli.md',
    term: 'verify [options] <file>',
    about: 'check a result: its ending, checksums, records and counts',
  },
  inspect: {
    page: 'docs/cli.md',
    term: 'inspect [options] [inputs...]',
    about: 'tell the form, types and members of an input, and find its first fault',
  },
  generate: {
    page: 'docs/cli.md',
    term: 'generate [options]',
    about: 'write a catalog of made-up entities in the documented shape; equal flags give equal bytes',
  },
  serve: {
    page: 'docs/service.md',
    term: 'serve [options] [inputs...]',
    about: 'serve exports of entities over HTTP, as jobs that outlive the process',
  },
  work: {
    page: 'docs/scaling.md',
    term: 'work [options] [inputs...]',
    about: 'run jobs that services have accepted, beside any number of other workers',
  },
  submit: {
    page: 'docs/service.md',
    term: 'submit [options]',
    about: 'submit an export to a service; prints the work automation id',
  },
  jobs: {
    page: 'docs/service.md',
    term: 'jobs [options] [id]',
    about: 'list the jobs of a service, show one, or cancel it',
  },
  schedules: {
    page: 'docs/schedules.md',
    term: 'schedules [options] [action] [id]',
    about: 'list schedules of a service, add, remove or run one',
  },
  webhooks: {
    page: 'docs/service.md',
    term: 'webhooks [options] [id]',
    about: 'list deliveries of webhooks of a service, or send one again',
  },
  download: {
    page: 'docs/service.md',
    term: 'download [options] <id>',
    about: 'wait for a job of a service, and download its result; resumes when called again',
  },
  completion: {
    page: 'docs/cli.md',
    term: 'completion <shell>',
    about: 'print a script that completes commands and flags, for bash, zsh or fish',
  },
} satisfies Readonly<Record<string, CommandEntry>>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** All names, in the order of help. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS).filter(isCommandName);

/** Whether a word is the name of a command. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** Adds a command without flags to the program. */
export function beginCommand(program: Command, name: CommandName): Command {
  return program.command(name).description(COMMANDS[name].about);
}

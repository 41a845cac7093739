/** Fields of forms, each with the faults that belong to it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Fault } from './model.js';

/** The faults at a path and below it. */
export function faultsAt(faults: readonly Fault[], ...paths: readonly string[]): readonly Fault[] {
  const isBelow = (path: string, above: string) => path === above || /^[.[]/.test(path.slice(above.length));
  return faults.filter(({ path }) => paths.some((above) => path.startsWith(above) && isBelow(path, above)));
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  /** Makes the control with these attributes. */
  readonly control: (attributes: {
    readonly id: string;
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
  }) => ComponentChildren;
}

/** A label, a control, and what is wrong with it. */
function Field({ label, hint, faults = [], control }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control({ id, 'aria-describedby': `${id}-about`, 'aria-invalid': faults.length > 0 })}
      <p id={`${id}-about`} class={faults.length > 0 ? 'bad' : 'quiet'}>
        {faults.length > 0 ? faults.map(({ message }) => message).join('; ') : hint}
      </p>
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly lines?: number;
  /** Names that the source has; of fields with one line. */
  readonly suggestions?: readonly string[];
  /** Whether the value is a list, whose last element is completed. */
  readonly isList?: boolean;
}

/** A field for text, in one line or several. */
export function TextField({ value, onChange, lines = 1, suggestions = [], isList = false, ...rest }: TextProps) {
  const before = isList ? value.slice(0, value.lastIndexOf(',') + 1) : '';
  const names = isList
    ? suggestions.filter((name) => !before.split(',').some((one) => one.trim() === name))
    : suggestions;
  return (
    <Field
      {...rest}
      control={(attributes) =>
        lines > 1 ? (
          <textarea
            {...attributes}
            rows={lines}
            spellcheck={false}
            value={value}
            onInput={({ currentTarget }) => onChange(currentTarget.value)}
          />
        ) : (
          <>
            <input
              {...attributes}
              type="text"
              autocomplete="off"
              spellcheck={false}
              value={value}
              list={names.length > 0 ? `${attributes.id}-names` : undefined}
              onInput={({ currentTarget }) => onChange(currentTarget.value)}
            />
            {names.length > 0 && (
              <datalist id={`${attributes.id}-names`}>
                {names.map((name) => (
                  <option key={name} value={before === '' ? name : `${before} ${name}`} />
                ))}
              </datalist>
            )}
          </>
        )
      }
    />
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly hint?: string;
  readonly faults?: readonly Fault[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Values with their words. */
  readonly choices: readonly (readonly [string, string])[];
}

/** A field for one of some words. */
export function ChoiceField({ value, onChange, choices, ...rest }: ChoiceProps) {
  return (
    <Field
      {...rest}
      control={(attributes) => (
        <select {...attributes} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {choices.map(([word, text]) => (
            <option key={word} value={word}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}

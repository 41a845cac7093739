/** The conditions of a new export: any number of lines, all of which must hold. */
import { ChoiceField, faultsAt, TextField } from './form-fields.js';
import type { Fault, SourceInspection } from './model.js';
import { type ConditionLine, indexOf, OPERATORS, type Place } from './request-form.js';
import { namesAt } from './source-store.js';

const PLACES: readonly (readonly [Place, string])[] = [
  ['fields', 'Path'],
  ['attributes', 'Attribute'],
  ['properties', 'Property'],
];

const NEW_LINE: ConditionLine = { place: 'fields', name: '', operator: 'exact', value: '' };

interface ConditionsProps {
  readonly lines: readonly ConditionLine[];
  readonly faults: readonly Fault[];
  readonly inspection: SourceInspection | undefined;
  readonly onChange: (lines: readonly ConditionLine[]) => void;
}

/** The group. */
export function ConditionsPart({ lines, faults, inspection, onChange }: ConditionsProps) {
  const replace = (index: number, change: Partial<ConditionLine>) =>
    onChange(lines.map((line, at) => (at === index ? { ...line, ...change } : line)));
  return (
    <fieldset>
      <legend>Conditions</legend>
      {lines.map((line, index) => {
        const own = faultsAt(faults, `criteria.${line.place}[${indexOf(lines, line)}]`);
        const ofValue = own.filter(({ path }) => path.includes(`.${line.operator}`));
        const ofName = own.filter((fault) => !ofValue.includes(fault));
        return (
          <div class="condition" key={`${index}`}>
            <ChoiceField
              label="Where"
              value={line.place}
              choices={PLACES}
              onChange={(place) => replace(index, { place: PLACES.find(([one]) => one === place)?.[0] ?? 'fields' })}
            />
            <TextField
              label="Name"
              value={line.name}
              faults={ofName}
              suggestions={namesAt(inspection, line.place)}
              onChange={(name) => replace(index, { name })}
            />
            <ChoiceField
              label="Test"
              value={line.operator}
              choices={OPERATORS}
              onChange={(operator) =>
                replace(index, { operator, value: operator === 'hasvalue' ? 'true' : line.value })
              }
            />
            {line.operator === 'hasvalue' ? (
              <ChoiceField
                label="Value"
                value={line.value}
                choices={[
                  ['true', 'yes'],
                  ['false', 'no'],
                ]}
                onChange={(value) => replace(index, { value })}
              />
            ) : (
              <TextField
                label="Value"
                value={line.value}
                faults={ofValue}
                onChange={(value) => replace(index, { value })}
              />
            )}
            <button
              type="button"
              aria-label={`Remove condition ${index + 1}`}
              onClick={() => onChange(lines.filter((_line, at) => at !== index))}
            >
              Remove
            </button>
          </div>
        );
      })}
      <button type="button" onClick={() => onChange([...lines, NEW_LINE])}>
        Add a condition
      </button>
    </fieldset>
  );
}

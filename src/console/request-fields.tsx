/** The fields of a request: types, ids, conditions, what is kept, and the form of the result. */
import { ConditionsPart } from './conditions-part.js';
import { ChoiceField, faultsAt, TextField } from './form-fields.js';
import type { Fault, Profile } from './model.js';
import type { RequestForm } from './request-form.js';
import { SeenTypes } from './seen-types-part.js';
import { type KnownSource, namesAt } from './source-store.js';

const KEEP = [
  ['all', 'Complete entities'],
  ['attributes', 'These attributes'],
  ['include', 'These paths, and nothing else'],
  ['exclude', 'All but these paths'],
] as const;

const FORMATS = [
  ['', 'as usual'],
  ['json', 'JSON document'],
  ['array', 'JSON array'],
  ['ndjson', 'lines of JSON'],
  ['dsv', 'table (CSV)'],
  ['xlsx', 'workbook (Excel)'],
] as const;

const PACKS = [
  ['', 'as usual'],
  ['zip', 'zip'],
  ['gzip', 'gzip'],
  ['zstd', 'Zstandard'],
  ['none', 'none'],
] as const;

interface RequestFieldsProps {
  readonly form: RequestForm;
  readonly faults: readonly Fault[];
  readonly profiles: readonly Profile[];
  readonly source: KnownSource;
  readonly onChange: (form: RequestForm) => void;
}

/** The fields. */
export function RequestFields({ form, faults, profiles, source, onChange }: RequestFieldsProps) {
  const set = (change: Partial<RequestForm>) => onChange({ ...form, ...change });
  const { inspection } = source;
  const paths = namesAt(inspection, 'fields');
  const names = profiles.map(({ name }): [string, string] => [name, name]);
  return (
    <>
      <div class="pair">
        <TextField
          label="Types"
          hint="Separated by commas. Without any: all."
          value={form.types}
          faults={faultsAt(faults, 'types')}
          suggestions={inspection?.types.flatMap(({ type }) => type ?? []) ?? []}
          isList
          onChange={(types) => set({ types })}
        />
        <TextField
          label="Most records"
          hint="Without a number: no limit."
          value={form.maxRecords}
          faults={faultsAt(faults, 'maxRecords')}
          onChange={(maxRecords) => set({ maxRecords })}
        />
      </div>
      <SeenTypes source={source} value={form.types} onChange={(types) => set({ types })} />
      <TextField
        label="Ids"
        hint="Separated by commas, or one a line. Without any: all."
        lines={2}
        value={form.ids}
        faults={faultsAt(faults, 'ids')}
        onChange={(ids) => set({ ids })}
      />
      <ConditionsPart
        lines={form.conditions}
        faults={faults}
        inspection={inspection}
        onChange={(conditions) => set({ conditions })}
      />
      <TextField
        label="Words"
        hint="All must occur in the name, the attributes or the properties."
        value={form.keywords}
        faults={faultsAt(faults, 'criteria.keywords')}
        onChange={(keywords) => set({ keywords })}
      />
      <div class="pair">
        <ChoiceField
          label="Keep"
          value={form.keep}
          choices={KEEP}
          onChange={(keep) => set({ keep: KEEP.find(([one]) => one === keep)?.[0] ?? 'all' })}
        />
        {form.keep !== 'all' && (
          <TextField
            label="Names"
            hint="Separated by commas, such as price.amount."
            value={form.names}
            faults={faultsAt(faults, 'fields')}
            suggestions={form.keep === 'attributes' ? namesAt(inspection, 'attributes') : paths}
            isList
            onChange={(kept) => set({ names: kept })}
          />
        )}
      </div>
      <div class="pair">
        <ChoiceField
          label="Profile"
          value={form.profile}
          choices={[['', 'none'], ...names]}
          faults={faultsAt(faults, 'profile').filter(({ path }) => path === 'profile')}
          onChange={(profile) => set(profile === '' ? { profile } : { profile, format: '', pack: '' })}
        />
        <TextField
          label="Order"
          hint="A path with asc or desc, such as price.amount desc."
          value={form.sort}
          faults={faultsAt(faults, 'sort')}
          suggestions={paths}
          onChange={(sort) => set({ sort })}
        />
      </div>
      {form.profile === '' && (
        <div class="pair">
          <ChoiceField
            label="Format"
            value={form.format}
            choices={FORMATS}
            faults={faultsAt(faults, 'profile.format')}
            onChange={(format) => set({ format })}
          />
          <ChoiceField
            label="Packing"
            value={form.pack}
            choices={PACKS}
            faults={faultsAt(faults, 'profile.pack')}
            onChange={(pack) => set({ pack })}
          />
        </div>
      )}
      <TextField
        label="Name of the file"
        hint="Without its extension."
        value={form.fileName}
        faults={faultsAt(faults, 'fileName')}
        onChange={(fileName) => set({ fileName })}
      />
    </>
  );
}

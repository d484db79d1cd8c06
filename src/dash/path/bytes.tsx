// bytes.tsx - a packet before and after a step: its header fields, and its bytes, with what was changed marked.
import { bytesOf, changed, type Field, fieldsOf } from './header.js';

const PER_LINE = 16;

function Fields({ before, after }: { before: readonly Field[]; after: readonly Field[] }) {
  return (
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">Header</th>
          <th scope="col">Field</th>
          <th scope="col">Came</th>
          <th scope="col">Left</th>
        </tr>
      </thead>
      <tbody>
        {before.map((field, i) => {
          const other = after[i];
          const isChanged = other !== undefined && other.text !== field.text;
          return (
            <tr key={`${field.layer} ${field.name}`} class={isChanged ? 'changed' : undefined}>
              <td class="soft">{field.layer === before[i - 1]?.layer ? '' : field.layer}</td>
              <td>{field.name}</td>
              <td class="mono">{field.text}</td>
              <td class="mono">{isChanged ? <mark>{other.text}</mark> : (other?.text ?? '–')}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Dump({ bytes, marked, label }: { bytes: Uint8Array; marked: ReadonlySet<number>; label: string }) {
  const lines = Array.from({ length: Math.ceil(bytes.length / PER_LINE) }, (_, i) => i * PER_LINE);
  return (
    <pre class="dump" title={label}>
      {lines.map((from) => (
        <div key={from}>
          <span class="soft">{from.toString(16).padStart(4, '0')} </span>
          {[...bytes.subarray(from, from + PER_LINE)].map((byte, i) => {
            const text = byte.toString(16).padStart(2, '0');
            return marked.has(from + i) ? <mark key={from + i}>{text}</mark> : <span key={from + i}>{text}</span>;
          })}
        </div>
      ))}
    </pre>
  );
}

const NONE: ReadonlySet<number> = new Set();

export function PacketBytes({ before, after }: { before: string; after: string | null }) {
  const [came, left] = [bytesOf(before), after === null ? null : bytesOf(after)];
  const marked = left ? changed(came, left) : NONE;
  return (
    <div class="packet">
      <Fields before={fieldsOf(came)} after={left ? fieldsOf(left) : []} />
      <details>
        <summary>
          All {came.length} bytes{left ? `, ${marked.size} of them changed` : ''}
        </summary>
        <div class="dumps">
          <Dump bytes={came} marked={marked} label="Bytes as they came" />
          {left ? <Dump bytes={left} marked={marked} label="Bytes as they left" /> : <p class="soft">Nothing left.</p>}
        </div>
      </details>
    </div>
  );
}

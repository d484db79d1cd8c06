// controls.tsx - what all views are made of: heads, links, choices, search fields, messages.
import type { ComponentChildren } from 'preact';
import { choose, goTo, usePlace } from '../place.js';
import { type Query, type View, writePlace } from '../url.js';

/** A link to a view that the page itself follows; with a modifier key the browser does. */
export function Link(props: {
  view: View;
  query?: Query;
  class?: string;
  current?: boolean;
  title?: string;
  children: ComponentChildren;
}) {
  const { view, query = {}, current, children, ...rest } = props;
  return (
    <a
      {...rest}
      href={writePlace({ view, query })}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        goTo(view, query);
      }}
    >
      {children}
    </a>
  );
}

/** Title of a view, what it shows in a few words, and its filters. */
export function Head({ title, about, children }: { title: string; about?: string; children?: ComponentChildren }) {
  return (
    <header class="head">
      <h1>{title}</h1>
      {about ? (
        <p class="soft" aria-live="polite">
          {about}
        </p>
      ) : null}
      <div class="filters">{children}</div>
    </header>
  );
}

/** A filter: a key of the address, which it shows and changes. */
interface FilterProps {
  readonly name: string;
  readonly label: string;
  /** What is in force where the address says something else, or nothing. */
  readonly value?: string;
  /** Keys that a change makes meaningless. */
  readonly clears?: readonly string[];
}

interface Filter {
  readonly value: string;
  set(value: string, step?: boolean): void;
}

function useFilter({ name, value, clears = [] }: FilterProps): Filter {
  const { query } = usePlace();
  const cleared = Object.fromEntries(clears.map((key) => [key, '']));
  return {
    value: value ?? query[name] ?? '',
    set: (chosen, step) => choose({ [name]: chosen, ...cleared }, step),
  };
}

interface ChoiceProps extends FilterProps {
  readonly choices: readonly string[];
  /** Text for no choice; left out: one must be chosen. */
  readonly all?: string;
  /** A choice is a step in the history of the browser. */
  readonly step?: boolean;
}

/** A value from the address that is none of the choices is shown as what it is. */
export function Choice({ choices, all, step, ...filter }: ChoiceProps) {
  const { value, set } = useFilter(filter);
  const unknown = value !== '' && !choices.includes(value);
  return (
    <label class={unknown ? 'field wrong' : 'field'}>
      <span>{filter.label}</span>
      <select value={value} aria-invalid={unknown} onChange={(event) => set(event.currentTarget.value, step)}>
        {all === undefined ? null : <option value="">{all}</option>}
        {unknown ? <option value={value}>{value} (there is none)</option> : null}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SearchProps extends FilterProps {
  readonly wide?: boolean;
  /** Names to pick from. */
  readonly offers?: readonly string[];
}

export function Search({ wide, offers, ...filter }: SearchProps) {
  const { value, set } = useFilter(filter);
  const { label } = filter;
  const list = offers ? `offers-${label.replace(/\W+/g, '-')}` : undefined;
  return (
    <label class={wide ? 'field wide' : 'field'}>
      <span>{label}</span>
      <input
        type="search"
        value={value}
        placeholder={label}
        list={list}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => set(event.currentTarget.value)}
      />
      {offers ? (
        <datalist id={list}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      ) : null}
    </label>
  );
}

export const Problem = ({ text }: { text: string }) => (
  <p class="problem" role="alert">
    {text}
  </p>
);

/** A strategy, in its colour. */
export const StrategyName = ({ name }: { name: string }) => <span class={`strategy ${name}`}>{name}</span>;

// controls.tsx - what all views are made of: heads, links, choices, search fields, messages.
import type { ComponentChildren } from 'preact';
import { goTo } from '../place.js';
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

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  /** Text for no choice; left out: one must be chosen. */
  readonly all?: string;
  readonly onChoose: (value: string) => void;
}

/** A value from the address that is none of the choices is shown as what it is. */
export function Choice({ label, value, choices, all, onChoose }: ChoiceProps) {
  const unknown = value !== '' && !choices.includes(value);
  return (
    <label class={unknown ? 'field wrong' : 'field'}>
      <span>{label}</span>
      <select value={value} aria-invalid={unknown} onChange={(event) => onChoose(event.currentTarget.value)}>
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

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly wide?: boolean;
  /** Names to pick from. */
  readonly offers?: readonly string[];
  readonly onSearch: (value: string) => void;
}

export function Search({ label, value, wide, offers, onSearch }: SearchProps) {
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
        onInput={(event) => onSearch(event.currentTarget.value)}
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

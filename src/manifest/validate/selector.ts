// selector.ts - validation of label selectors (ValidateLabelSelector of apimachinery's meta/v1/validation).
import type { Issue } from '../../model/issue.js';
import type { Labels } from '../../model/objects.js';
import { forbidden, invalid, invalidEach, required } from './field-error.js';
import { labelKey, labelValue } from './formats.js';
import { validateLabels } from './metadata.js';

interface Requirement {
  key?: string;
  operator?: string;
  values?: string[];
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: Requirement[];
}

function validateRequirement(requirement: Requirement, field: string): Issue[] {
  const { key = '', operator = '', values = [] } = requirement;
  const issues: Issue[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    if (values.length === 0) issues.push(required(`${field}.values`, detail));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (values.length > 0) issues.push(forbidden(`${field}.values`, detail));
  } else issues.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  issues.push(...invalidEach(`${field}.key`, key, labelKey(key)));
  return [...issues, ...values.flatMap((value, i) => invalidEach(`${field}.values[${i}]`, value, labelValue(value)))];
}

export function validateLabelSelector({ matchLabels = {}, matchExpressions = [] }: Selector, field: string): Issue[] {
  return [
    ...validateLabels(matchLabels, `${field}.matchLabels`),
    ...matchExpressions.flatMap((one, i) => validateRequirement(one, `${field}.matchExpressions[${i}]`)),
  ];
}

export { parseTemplate } from './parse-template.ts';
export type { OwnFunction, Template, TemplateOptions } from './parse-template.ts';
export { asGo } from './values/go-value.ts';
export { goAny, goBool, goFloat, goInt, goMap, goPointer, goSlice, goString, goStringType, goStruct, goTime } from './values/go-type.ts';
export type { BasicType, FieldType, GoType, StructType } from './values/go-type.ts';
export type { TemplateLimits } from './execute/budget.ts';

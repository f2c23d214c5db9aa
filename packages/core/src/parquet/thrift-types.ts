/** Types of Thrift's compact protocol, in which Parquet writes its footers and headers. A boolean in a struct has its value in the type. */
export const TRUE = 1
export const FALSE = 2
export const BYTE = 3
export const I16 = 4
export const I32 = 5
export const I64 = 6
export const DOUBLE = 7
export const BINARY = 8
export const LIST = 9
export const SET = 10
export const MAP = 11
export const STRUCT = 12

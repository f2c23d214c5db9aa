import { setImmediate } from 'node:timers/promises'
import { ROW_GROUP_SIZE, type WrittenParquet } from '../../engine/write-parquet.ts'
import type { RecordNode } from '../../events/index.ts'
import { createParquetWriter, loadZstd, type ParquetWriter } from '../../parquet/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import { createRecordColumns, type RecordColumns, recordColumnNodes } from './record-columns.ts'
import type { Rows } from './rows.ts'

/** Rows between looks at what else the thread has to do. */
const ROWS_AT_ONCE = 1024

/** Writes some rows whose records have tapes, one file at a time: no engine is asked, and no JSON is read again. */
export interface TapedWriter {
  /** Errors: those of the file system; CANCELLED from `checkStopped`. */
  write(rows: Rows, some: readonly number[], path: string): Promise<WrittenParquet>
}

export function createTapedWriter(
  schema: LayoutName,
  tree: RecordNode,
  checkStopped: () => void = () => undefined,
): TapedWriter {
  let opened: { readonly file: ParquetWriter; readonly columns: RecordColumns } | undefined

  async function open() {
    const file = createParquetWriter(recordColumnNodes(schema, tree), await loadZstd())
    return { file, columns: createRecordColumns(schema, tree, file) }
  }

  return {
    async write(rows, some, path) {
      opened ??= await open()
      const { file, columns } = opened
      try {
        file.open(path)
        for (let start = 0; start < some.length; start += ROW_GROUP_SIZE) {
          const group = Math.min(ROW_GROUP_SIZE, some.length - start)
          for (let slot = 0; slot < group; slot += ROWS_AT_ONCE) {
            if (slot > 0) {
              await setImmediate()
              checkStopped()
            }
            columns.put(rows, some, start + slot, start + Math.min(slot + ROWS_AT_ONCE, group), slot)
          }
          file.flush(group)
        }
        return file.close()
      } catch (error) {
        file.abandon()
        throw error
      }
    },
  }
}

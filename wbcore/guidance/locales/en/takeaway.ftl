# Files that somebody has asked for: made by a worker, handed out to who asked

takeaway-make = Prepare the file
takeaway-yours = Your files
takeaway-note = A worker prepares the file; the page may be closed. A file is kept for { $hours } h; { $most } are kept at most, a new one takes the place of the oldest.
takeaway-note-own = You alone can download them.
takeaway-take = Download
takeaway-cancel = Cancel
takeaway-erase = Delete
takeaway-queued = waits for its turn
takeaway-making = being prepared, rows: { $rows }
takeaway-ready = rows: { $rows } · { $size } · until { $until }
takeaway-failed-no-space = it failed: the disk is full. Free some space and prepare the file again.
takeaway-failed-other = it failed. Prepare the file again; if that fails too, the program's log has the reason.
takeaway-nobody-works = Nobody prepares the file yet: no worker answers. Start one beside the dashboard: python -m wbcore worker
takeaway-too-many = Files not ready yet: { $most }. Wait for them, or cancel those that you do not need.
takeaway-gone = There is no such file: it was deleted, its time is over, or it is not yours. Prepare it again on the page “Orders”.
audit-file_taken = File downloaded
takeaway-size-mb = { $n } MB

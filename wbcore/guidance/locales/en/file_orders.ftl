# Files of orders by schedule

file-order-title = A file each day
file-order-note = A file with this list and this profile will be made by itself, each day at the time you set. Dates chosen in the filters stay the same.
file-order-name = Name
file-order-at = Time
file-order-folder = Folder on the computer where WB Desk works
file-order-folder-none = For example, orders; with e-mail it may be left empty
file-order-channel = Send by e-mail
file-order-channel-none = Do not send
file-order-channel-gone = This e-mail has been removed from the alert channels in the meantime. Choose where to send; nothing has been done.
file-order-no-mail = There is no e-mail among the alert channels. Add it at the bottom of the page “Token health”, in “Alerts”.
file-order-add = Make it each day
file-order-added = Done: the first file comes at { $at }.
file-order-line = { $name }: at { $at }, the next one { $next }
file-order-done = the last one { $at }, rows: { $rows }
file-order-remove = Make “{ $name }” no more
file-order-mail-title = File “{ $name }”, rows: { $rows }
file-order-mail-text = The file of orders “{ $name }” is attached. Rows: { $rows }.
file-order-mail-too-large = The file of orders “{ $name }” is too large for a letter: mail takes up to { $most } MB. Rows: { $rows }. Choose a folder, narrow the filters, or download it on the page “Orders”.
file-order-error-nowhere = Name a folder or an e-mail: the file has nowhere to go.
file-order-error-folder = This folder can't be written to. See that it exists on the computer where WB Desk works and may be written to.
file-order-error-folder-not-allowed = Files may go into { $exports } and into those folders that the setting WB_EXPORT_FOLDERS allows on the computer itself. Give a name without a path, for example orders: that folder will be made inside { $exports }. Another folder is allowed by whoever runs WB Desk.
file-order-error-no-mail = Files go by e-mail only, and this channel sends none. Choose an e-mail.
file-order-error-too-large = The file is too large for a letter. Choose a folder or narrow the filters.
file-order-making = The file is being made.
file-order-error-mail = The file is ready, but its letter did not go: the mail did not take it or did not answer. Check the channel at the bottom of the page “Token health”; the next file comes in its time.
file-order-error-interrupted = The last file was not finished: the work was interrupted. The next one comes in its time.
file-order-error-failed = The file did not come about. The program's log has the details; the next one comes in its time.
file-order-error-zone = The file was not made: the computer that works does not know the time zone it was ordered in. Remove it and order it anew.

audit-file_order_added = A file by schedule was added
audit-file_order_removed = A file by schedule was removed

# The import page: everything at once, what repeats, the history.
page-import-all = Import everything
page-import-all-help = All new orders, and the statuses of open ones, with one key of each seller
page-import-all-started = { $count ->
    [0] No new imports.
   *[other] Imports queued: { $count }. The history below shows how each goes.
}
page-import-all-running = Already importing, a second one is not needed: { $names }.
page-import-all-spared = One key brings a seller's orders, a second one would bring the same for the same quota:
page-import-all-spared-row = "{ $other }" works instead of "{ $key }"
page-import-all-unable = Can't, so nothing was sent: { $count }
page-import-all-unable-row = { $key }: { $reason }
page-import-what-to-do = What to do
page-repeats-title = Repeats by itself
page-repeats-empty = Nothing repeats yet. Choose a key and what to import, then switch repeating on under the buttons above.
page-repeats-count = Schedules: { $count }, on: { $running }
page-repeats-form = Repeat “{ $source }” of this key
page-repeats-state-on = on
page-repeats-state-paused = paused
page-repeats-state-off = off
page-repeats-in = in { $time }
page-repeats-now = now
page-repeats-last = Last: { $status }, { $ago }
page-repeats-never = Has not run yet
page-repeats-edit = Edit
page-repeats-pause = Switch off
page-repeats-go-on = Switch on
page-repeats-delete = Delete
page-repeats-delete-title = Delete a schedule
page-repeats-delete-ask = “{ $source }” of key “{ $key }” will not be imported by itself any more. Imported orders stay.
page-repeats-delete-yes = Delete the schedule
page-repeats-gone = This schedule is no longer there: somebody has deleted it.
page-repeats-save = Save
page-repeats-edit-title = Edit a schedule
audit-schedule_deleted = Schedule deleted
page-runs-exact = Exact time
page-runs-who = Started by
page-runs-took = Took
page-runs-changed = Changed
page-runs-newer = Newer
page-runs-older = Older
page-runs-place = Imports { $from }–{ $to }, newest first
page-runs-by-machine = this computer
page-runs-by-schedule = schedule
page-runs-by-cli = command line
page-runs-by-checklist = repeated from a checklist
page-runs-by-checklist-user = { $name }, repeated from a checklist
page-runs-started-by = Started by: { $who }

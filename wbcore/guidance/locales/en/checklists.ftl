page-checklists-rest = More problems: { $count }
page-checklists-more = The most important are shown: { $shown } of { $all }. The rest follow when these are solved.
page-checklist-help = If it did not help
page-checklist-send = Send to the cabinet's owner
page-checklist-reopen = Open again
page-checklist-gone = This checklist is no longer there.
page-checklist-of-others = The trouble concerns other keys as well: only yours are shown here. Steps are ticked, and it is put off or closed, by whoever sees all of them.
page-next-owner-pastes = In WB Desk an owner of the dashboard pastes the token: send them this list.

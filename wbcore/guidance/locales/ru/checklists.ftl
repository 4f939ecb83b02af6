page-checklists-rest = Ещё проблемы: { $count }
page-checklists-more = Показаны самые важные: { $shown } из { $all }. Остальные появятся, когда будут решены эти.
page-checklist-help = Если не помогло
page-checklist-send = Переслать владельцу кабинета
page-checklist-reopen = Открыть снова
page-checklist-gone = Этого списка больше нет.
page-checklist-of-others = Сбой касается и других ключей: здесь показаны только ваши. Отметить шаги, отложить или закрыть его может тот, кто видит их все.
page-next-owner-pastes = Токен в WB Desk вставляет владелец панели: перешлите ему этот список.

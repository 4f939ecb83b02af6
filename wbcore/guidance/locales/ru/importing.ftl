# Страница импорта: всё сразу, что повторяется, история.
page-import-all = Импортировать всё
page-import-all-help = Все новые заказы и статусы незавершённых, по одному ключу каждого продавца
page-import-all-started = { $count ->
    [0] Новых импортов нет.
   *[other] Импортов поставлено в очередь: { $count }. Ход каждого виден в истории внизу.
}
page-import-all-running = Импорт уже шёл, второй не нужен: { $names }.
page-import-all-spared = Заказы продавца загружает один его ключ, второй принёс бы то же самое за тот же лимит:
page-import-all-spared-row = вместо «{ $key }» работает «{ $other }»
page-import-all-unable = Не могут, поэтому ничего не отправлено: { $count }
page-import-all-unable-row = { $key }: { $reason }
page-import-what-to-do = Что делать
page-repeats-title = Повторяется само
page-repeats-empty = Пока ничего не повторяется. Выберите ключ и что загрузить, затем включите повтор под кнопками выше.
page-repeats-count = Расписаний: { $count }, включено: { $running }
page-repeats-form = Повторять «{ $source }» этого ключа
page-repeats-state-on = включено
page-repeats-state-paused = остановлено
page-repeats-state-off = выключено
page-repeats-in = через { $time }
page-repeats-now = сейчас
page-repeats-last = Последний: { $status }, { $ago }
page-repeats-never = Ещё не запускался
page-repeats-edit = Изменить
page-repeats-pause = Выключить
page-repeats-go-on = Включить
page-repeats-delete = Удалить
page-repeats-delete-title = Удалить расписание
page-repeats-delete-ask = «{ $source }» ключа «{ $key }» больше не будет загружаться само. Загруженные заказы останутся.
page-repeats-delete-yes = Удалить расписание
page-repeats-gone = Этого расписания больше нет: его удалили.
page-repeats-save = Сохранить
page-repeats-edit-title = Изменить расписание
audit-schedule_deleted = Удалено расписание
page-runs-exact = Точное время
page-runs-who = Кто запустил
page-runs-took = Сколько шёл
page-runs-changed = Изменилось
page-runs-newer = Новее
page-runs-older = Старее
page-runs-place = Импорты { $from }–{ $to }, новые сверху
page-runs-by-machine = с этого компьютера
page-runs-by-schedule = расписание
page-runs-by-cli = командная строка
page-runs-by-checklist = повтор по списку шагов
page-runs-by-checklist-user = { $name }, повтор по списку шагов
page-runs-started-by = Кто запустил: { $who }

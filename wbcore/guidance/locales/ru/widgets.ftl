# Слова самого Streamlit: на русских страницах их говорит сценарий страницы (people/door.js).

widget-select = Выберите…
widget-choose-option = Выберите
widget-choose-options = Выберите
widget-no-results = Ничего не нашлось
widget-no-options = Выбирать не из чего
widget-no-options-dot = Выбирать не из чего.
widget-select-all = Выбрать все
widget-select-matches = Выбрать найденное: { $n }
widget-clear-value = Очистить
widget-clear-all = Очистить всё
widget-clear-selection = Снять выбор
widget-cleared = Выбранное снято.
widget-remove = Убрать: { $n }
widget-selected-values = Выбрано
widget-selectbox-options = Список для выбора
widget-multiselect-options = Список для выбора нескольких
widget-open = Открыть
widget-close = Закрыть
widget-choose-date = Выбрать день
widget-choose-dates = Выбрать период
widget-clear-date = Очистить день
widget-clear-dates = Очистить период
widget-quick-select = Выбрать готовый период
widget-calendar = Календарь
widget-previous-month = Предыдущий месяц
widget-next-month = Следующий месяц
widget-previous-page = Предыдущая страница
widget-next-page = Следующая страница
widget-date-keys = День выбирают стрелками и клавишей Enter, закрывают клавишей Esc.
widget-dates-order = Начало периода должно быть раньше его конца.
widget-dates-order-other = Конец периода не может быть раньше начала
widget-date-unavailable = Этот день выбрать нельзя.
widget-past-week = Последняя неделя
widget-past-month = Последний месяц
widget-past-three-months = Последние 3 месяца
widget-past-six-months = Последние 6 месяцев
widget-past-year = Последний год
widget-past-two-years = Последние 2 года
widget-show-password = Показать введённое
widget-hide-password = Скрыть введённое
widget-show-password-text = Показать введённое
widget-hide-password-text = Скрыть введённое
widget-help = Подсказка
widget-help-for = Подсказка: { $n }
widget-link-to-heading = Ссылка на заголовок
widget-copy = Скопировать
widget-copied = Скопировано
widget-fullscreen = На весь экран
widget-toggle-fullscreen = На весь экран
widget-close-fullscreen = Свернуть
widget-download-csv = Скачать CSV
widget-download-png = Скачать PNG
widget-download-svg = Скачать SVG
widget-show-data = Показать числа
widget-search = Поиск
widget-close-search = Закрыть поиск
widget-type-to-search = Что найти
widget-columns = Показать или скрыть столбцы
widget-sort-up = По возрастанию
widget-sort-down = По убыванию
widget-pin = Закрепить столбец
widget-unpin = Открепить столбец
widget-hide-column = Скрыть столбец
widget-copy-column = Скопировать название столбца
widget-autosize = Подобрать ширину
widget-format = Вид чисел
widget-statistics = Сводка
widget-column-menu = Меню столбца
widget-toolbar-action = Действие с таблицей
widget-button-menu = Другие действия
widget-page-not-found = Такой страницы нет
widget-page-missing = Такой страницы здесь нет. Открыт обзор.
widget-page-missing-named = Страницы «{ $n }» здесь нет. Открыт обзор.
widget-connection-error = Нет связи
widget-server-away = { page-server-away }
widget-server-away-here = { page-server-away-here }
widget-server-start = { page-server-start }
widget-connection-lost = Связь прервалась. Подождите, пока она вернётся, и повторите.
widget-connecting = Подключаемся
widget-waiting = Подождите…
widget-loading = Загружаем…
widget-running = Обновляем…
widget-stop = Прервать
widget-stop-script = Прервать
widget-rerun = Обновить
widget-try-again = Повторить
widget-cancel = Отмена
widget-download-failed = Скачать не удалось
widget-main-menu = Меню
widget-sidebar = Боковая панель
widget-pages = Разделы
widget-collapse-sidebar = Свернуть панель
widget-expand-sidebar = Развернуть панель
widget-collapse = Свернуть
widget-expand = Развернуть
widget-home = На первую страницу
widget-skip = К содержанию
widget-logo = Знак
widget-app-logo = Знак
widget-sidebar-logo = Знак
widget-header-logo = Знак
widget-view-less = Показать меньше
widget-view-more = Показать ещё: { $n }
widget-theme = Оформление
widget-light = Светлое
widget-dark = Тёмное
widget-system = Как в системе
widget-use-system = Как в системе
widget-print = Печать
widget-record = Запись экрана
widget-clear-cache = Очистить кэш
widget-chart = График
widget-press-enter = Enter применит
widget-submit-form = Enter отправит
widget-scroll-left = Вкладки левее
widget-scroll-right = Вкладки правее
widget-icon =
    { $n ->
       *[other] значок
    }
widget-range-start = { $n }: начало
widget-range-end = { $n }: конец
widget-choose-dates-in = Выбрать период, { $n }
widget-choose-date-in = Выбрать день, { $n }
widget-day-of = день, { $n }
widget-month-of = месяц, { $n }
widget-year-of = год, { $n }
widget-dd = дд
widget-mm = мм
widget-yyyy = гггг
widget-empty = пусто
widget-dismiss = Закрыть
widget-options-there = Вариантов: { $n }.
widget-option-there = Вариантов: { $n }.
widget-clear-time = Очистить время
widget-decrement = Меньше
widget-increment = Больше
widget-number-above = Число больше допустимого.
widget-number-below = Число меньше допустимого.
widget-number-outside =
    { $n ->
       *[other] Число вне допустимых границ.
    }
widget-time-wrong = Время пишут так: ЧЧ:ММ.
widget-hour-of = час, { $n }
widget-minute-of = минута, { $n }
widget-value-outside =
    { $n ->
       *[other] Значение вне допустимых границ.
    }
widget-error-of =
    { $n ->
       *[other] Не подходит: проверьте значение.
    }
widget-date-range = Период
widget-copy-spec = Скопировать описание графика
widget-legend =
    { $n ->
       *[other] Условные обозначения
    }
widget-axis-x =
    { $n ->
       *[other] Горизонтальная ось
    }
widget-axis-y =
    { $n ->
       *[other] Вертикальная ось
    }
widget-chart-title =
    { $n ->
       *[other] Название графика
    }
widget-month-01 = { $n }, январь
widget-month-02 = { $n }, февраль
widget-month-03 = { $n }, март
widget-month-04 = { $n }, апрель
widget-month-05 = { $n }, май
widget-month-06 = { $n }, июнь
widget-month-07 = { $n }, июль
widget-month-08 = { $n }, август
widget-month-09 = { $n }, сентябрь
widget-month-10 = { $n }, октябрь
widget-month-11 = { $n }, ноябрь
widget-month-12 = { $n }, декабрь
widget-vega = График

page-health-check = Проверить сейчас
page-health-planned = Проверим ключей: { $keys }; запросов к Wildberries для этого обычно нужно: { $count }. Спрашиваем, пускают ли токен в каждую часть API; что видно из токена или подтверждено недавно, не спрашиваем. Работает ли метод вообще, узнаём одним ключом за всех, а если ему откажут, спросим и остальных.
page-health-checking = Проверяем ключи: готово { $done } из { $all }
page-health-worker-off = Проверки и импорты на этом компьютере выключены. Проверку выполнит WB Desk на другом.
page-health-seller = Продавец
page-health-all-sellers = Все продавцы
page-health-nothing-found = По этому запросу ключей нет. Сотрите поиск или выберите другого продавца.
page-health-choose = Выберите ключ: ниже появится, откуда известен каждый ответ, и список шагов для проблемы.
page-health-close = Подробно о ключе
page-health-close-none = не выбран
page-health-ms = { $ms } мс
page-health-never = ещё не проверялся
page-health-days =
    { $days ->
        [0] последний день
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    }, до { $at }
page-health-search = Найти ключ или продавца
page-health-page = Страница из { $pages }
page-health-page-gone = Ключей стало меньше, и этой страницы больше нет. Показана первая; ничего не сделано.
page-health-legend = ✓ работает · ✕ нет доступа · ⚠ не работает у Wildberries, токен ни при чём · ! ошибка в ответе · ? ещё не известно. Дальше: когда Wildberries это подтвердил и за сколько ответил; «по токену» значит, что запрос не нужен.
page-health-report-failed = Проверить не удалось (ключи: { $names }). Нового о них не известно. Проверьте ещё раз; если не поможет, замените токен.
page-health-report-ok = Проверка закончена: всё, на что у токенов есть категории, работает.
page-health-report-answers = Проверка закончена. Работает не всё, или не обо всём известно: смотрите таблицу.
page-health-report-warning = Проверка закончена: есть замечания, они ниже.
page-health-report-error = Проверка закончена: есть ошибки, что делать, написано ниже.
capability-ok = работает
capability-denied = нет доступа
capability-error = ошибка в ответе
capability-broken = не работает у WB
capability-unknown = неизвестно
evidence-token = по токену
evidence-probe = проверено
page-health-incident = На стороне Wildberries не работает { $host }: { $methods }. Продавцов, у которых так: { $sellers }. Токен здесь ни при чём.
page-health-since = Началось { $at }.
page-health-retired = Wildberries убрал или перенёс метод «{ $method }». Токен здесь ни при чём.
page-health-history = История за 30 дней
page-health-no-history = Пока нечего показать: история начнётся с первой проверки или импорта.
page-health-stands = { $method }: { $status } с { $at }
page-health-worked = До этого работало, последний раз { $at }.
page-health-latency = Время ответа Wildberries, мс
page-health-expiry = Когда истекают токены
page-health-categories = Все категории ключей
page-health-background = Проверять автоматически
page-health-background-every = Как часто
page-health-background-off = только по кнопке и после неудачного импорта
page-health-background-note = Проверка спрашивает только то, чего ещё не известно, и бережёт лимит Wildberries.
page-news-title = Новости портала Wildberries
page-news-empty = Новостей пока нет.
page-news-none = Новостей пока нет. Следующий раз спросим { $at }.
page-news-soon = Новостей пока нет. Сейчас спросим: обычно это несколько секунд.
page-news-nobody = Новостей пока нет. Сейчас никто не работает: спросим, как только запустится WB Desk, который работает.
page-news-at = Получено { $at }
page-health-always = Всегда работали с { $since }: { $methods }
page-health-day-unknown = не проверялось
page-health-pale = бледная клетка: в этот день не проверялось
page-health-bad-days = { $method }: дней с отказом { $days }
page-health-ends = { $date }, осталось дней: { $days }
page-health-ended = истёк { $date }
page-health-days-from-today = Дней от сегодня
page-health-closed = методов без доступа: { $count }
page-news-failed = Новости получить не удалось.
page-health-no-ends = В сохранённых токенах срок не указан.
page-health-ends-more = Показаны { $shown } из { $all }: сначала те, что истекают раньше.
page-news-more = Показаны { $shown } из { $all }: сначала об API, дальше новые.

/** Carries out the resends that people asked for: chooses deliveries, adds new ones, gives generations. */
import { chosenForResend, type DeliveryCourse, newCourse, resend } from '../src/mail/course.ts';
import { quickly } from './activities.ts';
import { type MailJourney, note } from './journey.ts';
import { preparePlan } from './prepare.ts';
import type { ResendOrder } from './resend-request.ts';

/** Carries out, in order, what was asked for since the last time. */
export async function followOrders(mail: MailJourney): Promise<void> {
  const { journey } = mail;
  for (let order = journey.orders.shift(); order !== undefined; order = journey.orders.shift()) {
    // The object was missing, or a rule asked for the impossible: perhaps somebody has mended it.
    const hadNoPlan =
      journey.mail === undefined || (journey.plan?.decision === 'hold' && journey.courses.length === 0);
    if (hadNoPlan) await preparePlan(mail);
    const chosen = [...chosenHere(mail, order), ...(await named(mail, order))];
    const generation = journey.generation + 1;
    const anew = chosen.filter((one) => resend(one, generation, Date.now()));
    if (anew.length > 0) journey.generation = generation;
    delete journey.endedAtMs;
    if (chosen.length === 0) note(mail, 'ignored', `resend: no delivery fits ${order.text}`);
    else
      note(
        mail,
        'status',
        `${chosen.length} deliveries go out: ${anew.length} anew, the others had not ended`,
      );
  }
}

/** The mail's own deliveries that an order means: none, where it only names other addresses. */
function chosenHere({ journey }: MailJourney, order: ResendOrder): DeliveryCourse[] {
  const onlyElsewhere = order.to.length > 0 && order.recipients === undefined && !order.all;
  return onlyElsewhere ? [] : chosenForResend(journey.courses, order);
}

/** Deliveries to the other addresses that an order names; one that the mail has already is taken again. */
async function named({ journey, input }: MailJourney, order: ResendOrder): Promise<DeliveryCourse[]> {
  if (order.to.length === 0 || journey.mail === undefined) return [];
  const deliveries = await quickly('planResend', {
    notice: input.notice,
    to: order.to,
    stamp: journey.stamp,
    sender: (journey.envelope ?? input.notice.envelope)?.sender ?? '',
  });
  return deliveries.map((delivery) => {
    const known = journey.courses.find((one) => one.delivery.id === delivery.id);
    if (known !== undefined) return known;
    // An earlier run may have sent there too: only a generation of its own is sure to go out.
    journey.generation += 1;
    const course = newCourse(delivery, journey.generation, Date.now());
    journey.courses.push(course);
    return course;
  });
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deliveryQuery } from '../api/queries.ts';
import { Part } from '../ui/part.tsx';
import { RawBody } from './raw-body.tsx';

/** The raw body of one delivery, and the way to all of it. */
export function DeliveryBody({ id }: { readonly id: string }) {
  const query = useQuery(deliveryQuery(id));
  return (
    <Part query={query} height={120}>
      {({ body, body_status: status }) => (
        <>
          <RawBody id={id} body={body} status={status} />
          <p>
            <Link to="/deliveries" search={{ delivery: id } as never}>
              Delivery {id}: headers, outcome, replay
            </Link>
          </p>
        </>
      )}
    </Part>
  );
}

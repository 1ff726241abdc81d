// What the test asks for, and how long a step may take: machines may be very busy.
export const options = JSON.parse(process.argv[2]);
export const patience = options.patience ?? 120_000;

// What Acme CRM knows: three kinds of things, each with a form and an event of its own.

const FIRST = { name: 'first_name', label: 'First name', maxLength: 40 };
const LAST = { name: 'last_name', label: 'Last name', maxLength: 80, required: true };

export const KINDS = {
  lead: {
    title: 'Leads',
    purpose: 'Add somebody who might become a customer. They get to Salesforce and Marketo by themselves.',
    heading: 'New lead',
    submit: 'Create lead',
    event: 'Lead Created',
    fields: [
      [FIRST, LAST],
      { name: 'company', label: 'Company', maxLength: 255, required: true },
      { name: 'email', label: 'Email', type: 'email', maxLength: 80 },
    ],
    words: (lead) => [[lead.first_name, lead.last_name], [lead.company, lead.email]],
  },
  contact: {
    title: 'Contacts',
    purpose: 'Add somebody you know. They get to HubSpot by themselves.',
    heading: 'New contact',
    submit: 'Create contact',
    event: 'Contact Created',
    fields: [
      [FIRST, LAST],
      { name: 'email', label: 'Email', type: 'email', maxLength: 80, required: true },
      { name: 'position', label: 'Position', maxLength: 80 },
    ],
    words: (contact) => [[contact.first_name, contact.last_name], [contact.position, contact.email]],
  },
  task: {
    title: 'Tasks',
    purpose: 'Add something to do. Slack hears of it by itself.',
    heading: 'New task',
    submit: 'Create task',
    event: 'Task Created',
    fields: [
      { name: 'summary', label: 'Summary', maxLength: 200, required: true },
      [
        { name: 'priority', label: 'Priority', options: ['Low', 'Medium', 'High'] },
        { name: 'status', label: 'Status', options: ['Open', 'Done'] },
      ],
    ],
    words: (task) => [[task.summary], [task.priority, task.status]],
  },
};

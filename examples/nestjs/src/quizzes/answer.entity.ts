import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a player answered in a quiz: a table of the backend. */
@Entity('answers')
export class Answer {
  @PrimaryColumn('text')
  quiz!: string;

  @Column('jsonb')
  answers!: string[];
}

import { Leaderboards, type StandingsPage } from '@gamekeeper/core';
import { problemOfRefusal, type Refusal } from '@gamekeeper/http';
import { Body, Controller, Get, HttpException, Param, Post } from '@nestjs/common';
import { QuizzesService } from './quizzes.service';

@Controller()
export class QuizzesController {
  constructor(
    private readonly quizzes: QuizzesService,
    private readonly leaderboards: Leaderboards,
  ) {}

  @Post('quizzes')
  async start(@Body() { player, name }: { player: string; name: string }): Promise<{ id: string }> {
    const started = await this.quizzes.start(player, name);
    if (!started.ok) throw refusal(started);
    return { id: started.session.id };
  }

  @Post('quizzes/:id/completion')
  async complete(
    @Param('id') id: string,
    @Body() { answers, xp }: { answers: string[]; xp: number },
  ): Promise<{ streak: number }> {
    const completed = await this.quizzes.complete(id, answers, xp);
    if (!completed.ok) throw refusal(completed);
    return { streak: completed.streak.currentStreak };
  }

  @Get('boards/:board')
  top(@Param('board') board: string): Promise<StandingsPage> {
    return this.leaderboards.top(board, { limit: 10 });
  }
}

function refusal(refused: Refusal): HttpException {
  const problem = problemOfRefusal(refused);
  return new HttpException(problem, problem.status);
}

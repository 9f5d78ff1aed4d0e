using Monorepo.Peers.Running;

namespace Monorepo.Peers.Measuring;

/// <summary>One side of a comparison.</summary>
/// <param name="Series">Gets its measurements.</param>
/// <param name="TurnAsync">Does the work once, in a folder of its own; returns how long it took and the memory it used.</param>
internal sealed record Contestant(Series Series, Func<string, CancellationToken, Task<Turn>> TurnAsync)
{
    public static Contestant Of(string name, Func<string, CancellationToken, Task<Turn>> turnAsync) => new(new Series(name), turnAsync);
}

/// <param name="Elapsed">Of what counts; preparations don't.</param>
/// <param name="PeakBytes">The program's memory; 0: not measured.</param>
internal readonly record struct Turn(TimeSpan Elapsed, long PeakBytes = 0);

/// <summary>A case: everybody does the same work in turns, some rounds long; the first round warms up and does not count, and who goes first alternates.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Contestants">Ours first.</param>
internal sealed record Contest(string Name, IReadOnlyList<Contestant> Contestants)
{
    public async Task RunAsync(int rounds, string folder, CancellationToken cancellationToken)
    {
        for (int round = 0; round <= rounds; round++)
        {
            Console.Error.WriteLine(round == 0 ? $"bench: {Name}: warming up" : $"bench: {Name}: round {round} of {rounds}");
            foreach (Contestant contestant in round % 2 == 0 ? Contestants : Contestants.Reverse())
            {
                string here = Scratch.Create(folder);
                Turn turn = await contestant.TurnAsync(here, cancellationToken);
                if (round > 0)
                    contestant.Series.Add(turn.Elapsed, turn.PeakBytes);
                Scratch.Leave(here);
            }
        }
    }
}

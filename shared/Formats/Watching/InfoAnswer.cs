namespace Monorepo.Formats.Watching;

/// <summary>How a watcher is.</summary>
/// <param name="ProcessId">Of its process.</param>
/// <param name="Program">Its version.</param>
/// <param name="Root">What it watches.</param>
/// <param name="Source">Where its events come from.</param>
/// <param name="Problem">Why it can't answer now; null: it can.</param>
/// <param name="LastLoss">Why it had to look at everything again the last time; null: it had not.</param>
public sealed record InfoAnswer(long ProcessId, string Program, string Root, string Source, string? Problem, string? LastLoss)
{
    /// <summary>Directories watched.</summary>
    public long Watches { get; init; }

    /// <summary>How often events were lost.</summary>
    public long Restarts { get; init; }

    /// <summary>Questions answered.</summary>
    public long Questions { get; init; }

    /// <summary>Commands run for others, those not counted that these had to run themselves.</summary>
    public long Commands { get; init; }

    /// <summary>Times that the whole tree was looked at.</summary>
    public long Scans { get; init; }

    /// <summary>Paths in the answer that is kept ready.</summary>
    public long Entries { get; init; }

    public long MemoryBytes { get; init; }

    public long UptimeMs { get; init; }

    /// <summary>From the start of the process to the first answer being ready; 0: it is not yet.</summary>
    public long ReadyMs { get; init; }

    public void Write(WatchPayloadWriter output)
    {
        output.Number(ProcessId);
        output.Text(Program);
        output.Text(Root);
        output.Text(Source);
        output.OptionalText(Problem);
        output.OptionalText(LastLoss);
        foreach (long number in (ReadOnlySpan<long>)[Watches, Restarts, Questions, Commands, Scans, Entries, MemoryBytes, UptimeMs, ReadyMs])
        {
            output.Number(number);
        }
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static InfoAnswer Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        InfoAnswer answer = new(input.Number(), input.Text(), input.Text(), input.Text(), input.OptionalText(), input.OptionalText())
        {
            Watches = input.Number(),
            Restarts = input.Number(),
            Questions = input.Number(),
            Commands = input.Number(),
            Scans = input.Number(),
            Entries = input.Number(),
            MemoryBytes = input.Number(),
            UptimeMs = input.Number(),
            ReadyMs = input.Number(),
        };
        input.End();
        return answer;
    }
}

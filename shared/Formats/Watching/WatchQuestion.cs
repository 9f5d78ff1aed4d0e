namespace Monorepo.Formats.Watching;

/// <summary>What a command asks. One form for all kinds; what a kind does not need stays empty.</summary>
/// <param name="PatienceMs">How long the answer may take.</param>
/// <param name="Text">Of a status: the user's ignore file. Of changes: the clock.</param>
public sealed record WatchQuestion(int PatienceMs, string Text)
{
    public const int PatienceMsMax = 600_000;

    public void Write(WatchPayloadWriter output)
    {
        output.Number(PatienceMs);
        output.Text(Text);
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static WatchQuestion Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        long patience = input.Number();
        string text = input.Text();
        input.End();
        return patience is >= 0 and <= PatienceMsMax ? new WatchQuestion((int)patience, text) : throw new WatchFormatException($"A patience of {patience} ms is too long.");
    }
}

/// <summary>Whether the watcher could answer.</summary>
public enum WatchOutcome : byte
{
    Done = 0,

    /// <summary>It can't tell now, the message says why; look for yourself.</summary>
    Unavailable = 1,

    /// <summary>A command has to finish something first: a checkout that was cut, or the record of a commit.</summary>
    Unfinished = 2,
}

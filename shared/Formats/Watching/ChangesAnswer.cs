namespace Monorepo.Formats.Watching;

/// <summary>What changed since a clock.</summary>
/// <param name="Clock">To be asked with the next time.</param>
/// <param name="IsEverything">It is not known; all may have.</param>
/// <param name="Paths">Each with whether it is a directory: 0 no, 1 yes, 2 not known.</param>
public sealed record ChangesAnswer(WatchOutcome Outcome, string Message, string Clock, bool IsEverything, IReadOnlyList<(byte[] Path, byte IsDirectory)> Paths)
{
    public void Write(WatchPayloadWriter output)
    {
        output.Byte((byte)Outcome);
        output.Text(Message);
        output.Text(Clock);
        output.Flag(IsEverything);
        output.Number(Paths.Count);
        foreach ((byte[] path, byte isDirectory) in Paths)
        {
            output.Byte(isDirectory);
            output.Bytes(path);
        }
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static ChangesAnswer Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        WatchOutcome outcome = (WatchOutcome)input.Byte();
        string message = input.Text();
        string clock = input.Text();
        bool isEverything = input.Flag();
        (byte[], byte)[] paths = new (byte[], byte)[input.Count(itemBytesMin: 5)];
        for (int i = 0; i < paths.Length; i++)
        {
            byte isDirectory = input.Byte();
            paths[i] = (input.Bytes(), isDirectory);
        }

        input.End();
        return outcome <= WatchOutcome.Unfinished
            ? new ChangesAnswer(outcome, message, clock, isEverything, paths)
            : throw new WatchFormatException("It is no answer about changes.");
    }
}

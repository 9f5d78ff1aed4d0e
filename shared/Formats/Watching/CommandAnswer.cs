namespace Monorepo.Formats.Watching;

/// <summary>What a command printed that the watcher ran.</summary>
/// <param name="Outcome">Where it is not <see cref="WatchOutcome.Done"/>, only the message counts: the command is to be run by who asked.</param>
/// <param name="Message">For the curious; empty where there is nothing to say.</param>
/// <param name="Output">All that a command that succeeded wrote to standard output; it wrote nothing to standard error.</param>
public sealed record CommandAnswer(WatchOutcome Outcome, string Message, ReadOnlyMemory<byte> Output)
{
    public void Write(WatchPayloadWriter output)
    {
        output.Byte((byte)Outcome);
        output.Text(Message);
        output.Bytes(Output.Span);
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static CommandAnswer Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        WatchOutcome outcome = (WatchOutcome)input.Byte();
        string message = input.Text();
        byte[] output = input.Bytes();
        input.End();
        return outcome <= WatchOutcome.Unavailable ? new CommandAnswer(outcome, message, output) : throw new WatchFormatException("It is no answer of a command.");
    }
}

namespace Monorepo.Formats.Watching;

/// <summary>A command that the watcher is to run in the place of the process that a user started.</summary>
/// <param name="PatienceMs">How long it may take.</param>
/// <param name="WorkingDirectory">Where it was started.</param>
/// <param name="Arguments">The command line, without the program.</param>
public sealed record CommandQuestion(int PatienceMs, string WorkingDirectory, IReadOnlyList<string> Arguments)
{
    /// <summary>The variables that commands look at. A watcher with other ones runs nothing.</summary>
    public string Environment { get; init; } = "";

    /// <summary>How wide the output may be.</summary>
    public int Columns { get; init; }

    /// <summary>A person reads the output.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The terminal, if there is one, understands nothing but text.</summary>
    public bool IsDumb { get; init; }

    public void Write(WatchPayloadWriter output)
    {
        output.Number(PatienceMs);
        output.Text(WorkingDirectory);
        output.Text(Environment);
        output.Number(Columns);
        output.Flag(IsTerminal);
        output.Flag(IsDumb);
        output.Number(Arguments.Count);
        foreach (string argument in Arguments)
        {
            output.Text(argument);
        }
    }

    /// <exception cref="WatchFormatException">It is none.</exception>
    public static CommandQuestion Read(ReadOnlySpan<byte> payload)
    {
        WatchPayloadReader input = new(payload);
        long patience = input.Number();
        string directory = input.Text();
        string environment = input.Text();
        long columns = input.Number();
        bool isTerminal = input.Flag();
        bool isDumb = input.Flag();
        string[] arguments = new string[input.Count(itemBytesMin: 4)];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = input.Text();
        }

        input.End();
        return patience is >= 0 and <= WatchQuestion.PatienceMsMax && columns is > 0 and <= int.MaxValue
            ? new CommandQuestion((int)patience, directory, arguments) { Environment = environment, Columns = (int)columns, IsTerminal = isTerminal, IsDumb = isDumb }
            : throw new WatchFormatException($"A patience of {patience} ms or {columns} columns are out of range.");
    }
}

using System.CommandLine;
using System.Text;
using Monorepo.Workspace.Commits;

namespace Monorepo.Cli.Editing;

/// <summary><c>-m</c> and <c>-F</c>, which commands that write a message share.</summary>
internal sealed class MessageOptions
{
    private readonly Option<string[]> _message = new("--message", "-m") { Description = "The message; several become paragraphs.", HelpName = "MSG" };
    private readonly Option<string?> _file = new("--file", "-F") { Description = "Take the message from a file; '-': from standard input.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(_message);
        command.Options.Add(_file);
    }

    /// <summary>The message given, clean, maybe empty; null: none was given.</summary>
    /// <exception cref="CommandException">Both were given, or it can't be read.</exception>
    public async Task<byte[]?> ReadAsync(CommandContext context, ParseResult parse, CancellationToken cancellationToken)
    {
        string[] paragraphs = parse.GetValue(_message) ?? [];
        string? file = parse.GetValue(_file);
        if (paragraphs.Length > 0 && file is not null)
        {
            throw new CommandException(ExitCode.Usage, "-m and -F can't be combined.");
        }

        if (paragraphs.Length == 0 && file is null)
        {
            return null;
        }

        return CommitMessage.Clean(file is null ? Encoding.UTF8.GetBytes(string.Join("\n\n", paragraphs)) : await ReadFileAsync(context, file, cancellationToken));
    }

    /// <summary>A message that can stand in an object.</summary>
    /// <param name="message">Clean.</param>
    /// <param name="what">What it is for: <c>commit</c>, <c>tag</c>.</param>
    /// <exception cref="CommandException">It is empty, or holds what no object can.</exception>
    public static byte[] Check(byte[] message, string what) =>
        message.Contains((byte)0) ? throw new CommandException(ExitCode.Usage, $"the message holds a NUL byte, which no {what} can.")
        : message.Length == 0 ? throw new CommandException(ExitCode.Negative, $"the message is empty: the {what} was not made.")
        : message;

    private static async Task<byte[]> ReadFileAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        if (file != "-")
        {
            string path = Path.Combine(context.Surroundings.WorkingDirectory, file);
            return File.Exists(path)
                ? await File.ReadAllBytesAsync(path, cancellationToken)
                : throw new CommandException(ExitCode.NotFound, $"there is no file '{file}' to take the message from.");
        }

        using MemoryStream text = new();
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(text, cancellationToken);
        return text.ToArray();
    }
}

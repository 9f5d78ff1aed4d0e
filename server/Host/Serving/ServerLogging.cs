using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Monorepo.Host.Configuration;

namespace Monorepo.Host.Serving;

/// <summary>Logs go to standard error: standard output belongs to the ready line.</summary>
internal static class ServerLogging
{
    private const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    public static ILoggerFactory Create(ServerOptions options) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(options.LogLevel);
        if (options.LogLevel >= LogLevel.Information)
        {
            // The framework tells of every request at Information.
            logging.AddFilter("Microsoft", LogLevel.Warning);

            // A start that fails is told in one line by the program itself.
            logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        }

        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (options.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(console =>
            {
                console.TimestampFormat = TimestampFormat.TrimEnd();
                console.UseUtcTimestamp = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = TimestampFormat;
                console.UseUtcTimestamp = true;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    });
}
